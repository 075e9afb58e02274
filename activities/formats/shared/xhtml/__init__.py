"""The one emitter of XHTML: blocks of a document as what browsers, e-readers and LMSs show.

Whatever the content, what it writes is well-formed XML, with numeric character references and those
of XML alone; `profiles.py` says as data what each kind of receiver takes.
"""
