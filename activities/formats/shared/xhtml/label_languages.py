"""The language of labels, where it is another than that of the content around them."""

from activities.documents.labels import Labels, primary_language
from activities.formats.shared.xhtml.profiles import Profile


def label_attributes(labels: Labels, around: str, profile: Profile) -> str:
    """What an element with some of the labels says of their language.

    Labels are a few words, so they stand on the side of the text around, whatever their direction.

    Args:
        labels: of one language.
        around: the language of the text around, a BCP 47 tag; nothing is said if it is theirs.
        profile: knows how the receiver has a language said.
    """
    if primary_language(around) == labels.language:
        return ""
    return f' {profile.language_attribute}="{labels.language}"'
