"""Words are found and copied as they are written, in the reader that most browsers have."""

import unicodedata

import pypdfium2
import pytest

from activities.formats.fonts import find_font
from activities.formats.testing import render
from activities.formats.testing.items import item

pytestmark = pytest.mark.skipif(
    find_font("korean") is None, reason="python -m activities.formats.fonts fetches the fonts"
)

WORDS = {
    "th": "สังเคราะห์ ผู้ใหญ่ ญี่ปุ่น กำลัง น้ำ เป็น คลอโรฟิลล์ ที่ ก๊าซ",
    "lo": "ສັງເຄາະ ນ້ຳ ຜູ້ໃຫຍ່ ກຳລັງ ແສງ ຂໍ້ ໜັງສື",
    "my": "အလင်းရောင် မြန်မာ သင်္ချာ ကျွန်တော် နိုင်ငံ ဓာတ်ပြု ကြောင့် ဦးဆောင်",
    "km": "រស្មីសំយោគ ភាសាខ្មែរ ទឹក កម្ពុជា ពន្លឺ ស្រ្តី គ្រូបង្រៀន ឆ្នាំ",
    "hi": "संश्लेषण क्षत्रिय ज्ञान विद्यार्थी हिन्दी श्रीमती र्कि द्वितीय ऑक्सीजन",
    "bn": "সংশ্লেষণ বিজ্ঞান শিক্ষার্থী ক্ষেত্র প্রকৃতি সৌরশক্তি",
    "pa": "ਪੰਜਾਬੀ ਵਿਦਿਆਰਥੀ ਪ੍ਰਕਾਸ਼ ਸੰਸ਼ਲੇਸ਼ਣ",
    "gu": "ગુજરાતી વિદ્યાર્થી પ્રકાશ સંશ્લેષણ શક્તિ",
    "ta": "ஒளிச்சேர்க்கை மொழி கொள்கை ஸ்ரீ பௌர்ணமி",
    "te": "కిరణజన్య విద్యార్థి సంయోగక్రియ శక్తి క్షేత్రం",
    "kn": "ವಿದ್ಯಾರ್ಥಿ ದ್ಯುತಿಸಂಶ್ಲೇಷಣೆ ಶಕ್ತಿ ಕ್ಷೇತ್ರ",
    "ml": "വിദ്യാർത്ഥി പ്രകാശസംശ്ലേഷണം കൊണ്ട് പൗരൻ",
    "si": "සිංහල ප්\u200dරභාසංශ්ලේෂණය විද්\u200dයාව කෝපි ශ්\u200dරී",
    "ar": "عربي كلمة واحدة النباتات مُعَلِّم الله السلام إلى قُرْآن مدرسة شجرة",
    "fa": "می\u200cخواهم کتاب\u200cها گیاهان پژوهش",
    "ur": "پودے روشنی تعلیم اُردو",
    "he": "שלום תלמיד שָׁלוֹם אוֹר תַּלְמִיד בְּרֵאשִׁית",
    "ru": "ударе\u0301нием Москва\u0301 ёлка",
    "fr-fonipa": "t͡ʃ d͜ʒ ˈfoʊtoʊ ɔ̃ n̩ ʰa",
    "ca": "intel·ligència col·legi novel·la COL·LEGI",
    "en": "office waffle fluffy cafe\u0301 n\u0303andu\u0301 AVATAR",
}


@pytest.mark.parametrize("language", WORDS)
def test_words_are_found(language: str) -> None:
    words = WORDS[language].split()
    paragraphs = [" ".join(words), " ".join(reversed(words)), *(f"- {word}" for word in words)]
    data, _ = render("pdf", [item(language=language, study_guide="\n\n".join(paragraphs))])
    assert times_found(data, language) == dict.fromkeys(words, 3)
    with pypdfium2.PdfDocument(data) as document:
        assert "\u200b" not in "".join(page.get_textpage().get_text_range() for page in document)


@pytest.mark.parametrize("language", ["ar", "he", "ur"])
def test_letters_stand_beside_each_other(language: str) -> None:
    words = WORDS[language]
    data, _ = render("pdf", [item(language=language, study_guide=words)])
    with pypdfium2.PdfDocument(data) as document:
        page = document[0].get_textpage()
        start = page.get_text_range().index(words.split()[0])
        boxes = [
            page.get_charbox(start + index)
            for index, character in enumerate(words)
            if unicodedata.category(character) == "Lo"
        ]
        lefts = [left for left, _, _, _ in boxes]
    assert lefts == sorted(lefts, reverse=True)


def times_found(data: bytes, language: str) -> dict[str, int]:
    """How often a search finds each word of a language."""
    with pypdfium2.PdfDocument(data) as document:
        pages = [page.get_textpage() for page in document]
        return {word: sum(_count(page, word) for page in pages) for word in WORDS[language].split()}


def _count(page: pypdfium2.PdfTextPage, word: str) -> int:
    search = page.search(word, match_case=True)
    times = 0
    while search.get_next():
        times += 1
    return times
