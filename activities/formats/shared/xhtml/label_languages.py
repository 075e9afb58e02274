"""The language of labels, where it is another than that of the content around them."""

from activities.documents.labels import Labels, is_written_from_right, primary_language
from activities.formats.shared.xhtml.profiles import Profile


def label_attributes(labels: Labels, around: str, profile: Profile) -> str:
    """What an element with some of the labels says of their language and direction.

    Args:
        labels: of one language.
        around: the language of the text around, a BCP 47 tag; nothing is said if it is theirs.
        profile: knows how the receiver has a language said.
    """
    if primary_language(around) == labels.language:
        return ""
    said = f' {profile.language_attribute}="{labels.language}"'
    from_right = is_written_from_right(labels.language)
    if from_right == is_written_from_right(around) or not profile.directions:
        return said
    return f'{said} dir="{"rtl" if from_right else "ltr"}"'
