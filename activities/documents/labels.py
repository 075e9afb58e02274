"""The few words that a document says of its own, and the direction of its script."""

import re
from types import MappingProxyType

import msgspec

from activities.documents.callouts import CalloutKind

UNKNOWN_LANGUAGE = "und"
"""The BCP 47 tag for a language that is not known."""

_TAG = re.compile(
    r"(?:[a-z]{2,3}(?:-[a-z]{3}){0,3}|[a-z]{4,8})(?:-[a-z]{4})?(?:-(?:[a-z]{2}|[0-9]{3}))?"
    r"(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*(?:-[a-wyz0-9](?:-[a-z0-9]{2,8})+)*"
    r"(?:-x(?:-[a-z0-9]{1,8})+)?",
    re.IGNORECASE | re.ASCII,
)
"""RFC 5646, section 2.1."""
_TAG_CHARACTERS_MAX = 35
"""The longest tag without extensions (RFC 5646, section 4.4.1); a longer one is no language."""
_RIGHT_TO_LEFT_SCRIPTS = frozenset(
    {"adlm", "arab", "aran", "hebr", "mand", "mend", "nkoo", "rohg", "samr", "syrc", "thaa"}
)
_RIGHT_TO_LEFT_LANGUAGES = frozenset(
    {"ar", "arc", "arz", "ckb", "dv", "fa", "he", "iw", "ji", "khw", "ks", "lrc", "mzn", "nqo"}
    | {"ps", "pnb", "sd", "skr", "syr", "ug", "ur", "yi"}
)


class Labels(msgspec.Struct, frozen=True):
    """Headings and captions in one language."""

    language: str
    """Which one, as the primary language of a BCP 47 tag."""
    outline: str
    study_guide: str
    faqs: str
    flashcards: str
    reading_guide_questions: str
    metadata: str
    quality_metrics: str
    learning_objectives: str
    key_points: str
    question: str
    answer: str
    front: str
    back: str
    tags: str
    notes: str
    contents: str
    skip: str
    """Leads past what stands before the content."""
    note: str
    tip: str
    important: str
    warning: str
    caution: str
    details: str
    diagram: str
    """Stands before a diagram, of whose kind it holds the place."""
    figure: str
    """Stands before the number of a picture."""
    question_sign: str
    """Stands beside a question, and is no longer than two letters."""

    def part(self, name: str) -> str:
        """The heading of a part, by the part's name."""
        label: str = getattr(self, name)
        return label

    def callout(self, kind: CalloutKind) -> str:
        """The title of a callout that has none of its own."""
        label: str = getattr(self, kind)
        return label


_ENGLISH = Labels(
    language="en",
    outline="Outline",
    study_guide="Study guide",
    faqs="Frequently asked questions",
    flashcards="Flashcards",
    reading_guide_questions="Reading questions",
    metadata="Metadata",
    quality_metrics="Quality metrics",
    learning_objectives="Learning objectives",
    key_points="Key points",
    question="Question",
    answer="Answer",
    front="Front",
    back="Back",
    tags="Tags",
    notes="Notes",
    contents="Contents",
    skip="Skip to the content",
    note="Note",
    tip="Tip",
    important="Important",
    warning="Warning",
    caution="Caution",
    details="Details",
    diagram="Diagram ({}), shown as its source:",
    figure="Figure",
    question_sign="Q",
)

_LABELS = MappingProxyType(
    {
        "en": _ENGLISH,
        "de": Labels(
            language="de",
            outline="Gliederung",
            study_guide="Lernleitfaden",
            faqs="Häufige Fragen",
            flashcards="Lernkarten",
            reading_guide_questions="Fragen zur Lektüre",
            metadata="Metadaten",
            quality_metrics="Qualitätskennzahlen",
            learning_objectives="Lernziele",
            key_points="Kernpunkte",
            question="Frage",
            answer="Antwort",
            front="Vorderseite",
            back="Rückseite",
            tags="Schlagwörter",
            notes="Anmerkungen",
            contents="Inhalt",
            skip="Zum Inhalt springen",
            note="Hinweis",
            tip="Tipp",
            important="Wichtig",
            warning="Warnung",
            caution="Vorsicht",
            details="Einzelheiten",
            diagram="Diagramm ({}), als Quelltext gezeigt:",
            figure="Abbildung",
            question_sign="F",
        ),
        "es": Labels(
            language="es",
            outline="Esquema",
            study_guide="Guía de estudio",
            faqs="Preguntas frecuentes",
            flashcards="Tarjetas de estudio",
            reading_guide_questions="Preguntas de lectura",
            metadata="Metadatos",
            quality_metrics="Métricas de calidad",
            learning_objectives="Objetivos de aprendizaje",
            key_points="Puntos clave",
            question="Pregunta",
            answer="Respuesta",
            front="Anverso",
            back="Reverso",
            tags="Etiquetas",
            notes="Notas",
            contents="Índice",
            skip="Saltar al contenido",
            note="Nota",
            tip="Consejo",
            important="Importante",
            warning="Advertencia",
            caution="Precaución",
            details="Detalles",
            diagram="Diagrama ({}), mostrado como código fuente:",
            figure="Figura",
            question_sign="P",
        ),
        "fr": Labels(
            language="fr",
            outline="Plan",
            study_guide="Guide d’étude",
            faqs="Questions fréquentes",
            flashcards="Cartes mémoire",
            reading_guide_questions="Questions de lecture",
            metadata="Métadonnées",
            quality_metrics="Indicateurs de qualité",
            learning_objectives="Objectifs d’apprentissage",
            key_points="Points clés",
            question="Question",
            answer="Réponse",
            front="Recto",
            back="Verso",
            tags="Étiquettes",
            notes="Notes",
            contents="Table des matières",
            skip="Aller au contenu",
            note="Remarque",
            tip="Conseil",
            important="Important",
            warning="Avertissement",
            caution="Attention",
            details="Détails",
            diagram="Diagramme ({}), présenté sous forme de code source :",
            figure="Figure",
            question_sign="Q",
        ),
        "el": Labels(
            language="el",
            outline="Διάγραμμα",
            study_guide="Οδηγός μελέτης",
            faqs="Συχνές ερωτήσεις",
            flashcards="Κάρτες μελέτης",
            reading_guide_questions="Ερωτήσεις ανάγνωσης",
            metadata="Μεταδεδομένα",
            quality_metrics="Δείκτες ποιότητας",
            learning_objectives="Μαθησιακοί στόχοι",
            key_points="Βασικά σημεία",
            question="Ερώτηση",
            answer="Απάντηση",
            front="Μπροστινή όψη",
            back="Πίσω όψη",
            tags="Ετικέτες",
            notes="Σημειώσεις",
            contents="Περιεχόμενα",
            skip="Μετάβαση στο περιεχόμενο",
            note="Σημείωση",
            tip="Συμβουλή",
            important="Σημαντικό",
            warning="Προειδοποίηση",
            caution="Προσοχή",
            details="Λεπτομέρειες",
            diagram="Διάγραμμα ({}), σε μορφή πηγαίου κώδικα:",
            figure="Εικόνα",
            question_sign="Ε",
        ),
        "ar": Labels(
            language="ar",
            outline="المخطط",
            study_guide="دليل الدراسة",
            faqs="الأسئلة الشائعة",
            flashcards="البطاقات التعليمية",
            reading_guide_questions="أسئلة القراءة",
            metadata="البيانات الوصفية",
            quality_metrics="مقاييس الجودة",
            learning_objectives="أهداف التعلم",
            key_points="النقاط الرئيسية",
            question="السؤال",
            answer="الإجابة",
            front="الوجه الأمامي",
            back="الوجه الخلفي",
            tags="الوسوم",
            notes="الحواشي",
            contents="المحتويات",
            skip="انتقل إلى المحتوى",
            note="ملاحظة",
            tip="نصيحة",
            important="مهم",
            warning="تحذير",
            caution="تنبيه",
            details="التفاصيل",
            diagram="مخطط ({})، معروض بنصه المصدري:",
            figure="الشكل",
            question_sign="س",
        ),
        "he": Labels(
            language="he",
            outline="ראשי פרקים",
            study_guide="מדריך למידה",
            faqs="שאלות נפוצות",
            flashcards="כרטיסיות לימוד",
            reading_guide_questions="שאלות לקריאה",
            metadata="מטא־נתונים",
            quality_metrics="מדדי איכות",
            learning_objectives="מטרות למידה",
            key_points="נקודות עיקריות",
            question="שאלה",
            answer="תשובה",
            front="צד קדמי",
            back="צד אחורי",
            tags="תגיות",
            notes="הערות",
            contents="תוכן העניינים",
            skip="דילוג לתוכן",
            note="הערה",
            tip="טיפ",
            important="חשוב",
            warning="אזהרה",
            caution="זהירות",
            details="פרטים",
            diagram="תרשים ({}), מוצג כקוד מקור:",
            figure="איור",
            question_sign="ש",
        ),
        "fa": Labels(
            language="fa",
            outline="طرح کلی",
            study_guide="راهنمای مطالعه",
            faqs="پرسش\u200cهای متداول",
            flashcards="فلش\u200cکارت\u200cها",
            reading_guide_questions="پرسش\u200cهای متن",
            metadata="فراداده",
            quality_metrics="شاخص\u200cهای کیفیت",
            learning_objectives="اهداف یادگیری",
            key_points="نکات کلیدی",
            question="پرسش",
            answer="پاسخ",
            front="روی کارت",
            back="پشت کارت",
            tags="برچسب\u200cها",
            notes="یادداشت\u200cها",
            contents="فهرست مطالب",
            skip="پرش به محتوا",
            note="یادداشت",
            tip="نکته",
            important="مهم",
            warning="هشدار",
            caution="احتیاط",
            details="جزئیات",
            diagram="نمودار ({})، به صورت کد منبع:",
            figure="شکل",
            question_sign="پ",
        ),
        "ur": Labels(
            language="ur",
            outline="خاکہ",
            study_guide="مطالعاتی رہنما",
            faqs="اکثر پوچھے جانے والے سوالات",
            flashcards="فلیش کارڈز",
            reading_guide_questions="مطالعے کے سوالات",
            metadata="میٹا ڈیٹا",
            quality_metrics="معیار کے پیمانے",
            learning_objectives="سیکھنے کے مقاصد",
            key_points="اہم نکات",
            question="سوال",
            answer="جواب",
            front="سامنے کا رخ",
            back="پچھلا رخ",
            tags="ٹیگز",
            notes="حواشی",
            contents="فہرست مضامین",
            skip="مواد پر جائیں",
            note="نوٹ",
            tip="مشورہ",
            important="اہم",
            warning="انتباہ",
            caution="احتیاط",
            details="تفصیلات",
            diagram="خاکہ ({})، ماخذ کوڈ کی شکل میں:",
            figure="شکل",
            question_sign="س",
        ),
        "hi": Labels(
            language="hi",
            outline="रूपरेखा",
            study_guide="अध्ययन मार्गदर्शिका",
            faqs="अक्सर पूछे जाने वाले प्रश्न",
            flashcards="फ़्लैशकार्ड",
            reading_guide_questions="पठन प्रश्न",
            metadata="मेटाडेटा",
            quality_metrics="गुणवत्ता मापदंड",
            learning_objectives="सीखने के उद्देश्य",
            key_points="मुख्य बिंदु",
            question="प्रश्न",
            answer="उत्तर",
            front="सामने",
            back="पीछे",
            tags="टैग",
            notes="टिप्पणियाँ",
            contents="विषय-सूची",
            skip="सामग्री पर जाएँ",
            note="ध्यान दें",
            tip="सुझाव",
            important="महत्वपूर्ण",
            warning="चेतावनी",
            caution="सावधानी",
            details="विवरण",
            diagram="आरेख ({}), स्रोत पाठ के रूप में:",
            figure="चित्र",
            question_sign="प्र",
        ),
        "ja": Labels(
            language="ja",
            outline="アウトライン",
            study_guide="学習ガイド",
            faqs="よくある質問",
            flashcards="単語カード",
            reading_guide_questions="読解問題",
            metadata="メタデータ",
            quality_metrics="品質指標",
            learning_objectives="学習目標",
            key_points="要点",
            question="質問",
            answer="解答",
            front="表",
            back="裏",
            tags="タグ",
            notes="注",
            contents="目次",
            skip="本文へ移動",
            note="補足",
            tip="ヒント",
            important="重要",
            warning="警告",
            caution="注意",
            details="詳細",
            diagram="図（{}）、ソースで表示：",
            figure="図",
            question_sign="問",
        ),
        "ko": Labels(
            language="ko",
            outline="개요",
            study_guide="학습 가이드",
            faqs="자주 묻는 질문",
            flashcards="플래시카드",
            reading_guide_questions="읽기 질문",
            metadata="메타데이터",
            quality_metrics="품질 지표",
            learning_objectives="학습 목표",
            key_points="핵심 사항",
            question="질문",
            answer="답",
            front="앞면",
            back="뒷면",
            tags="태그",
            notes="주석",
            contents="차례",
            skip="본문으로 건너뛰기",
            note="참고",
            tip="도움말",
            important="중요",
            warning="경고",
            caution="주의",
            details="자세히",
            diagram="다이어그램({}), 소스로 표시:",
            figure="그림",
            question_sign="문",
        ),
        "pt": Labels(
            language="pt",
            outline="Esboço",
            study_guide="Guia de estudo",
            faqs="Perguntas frequentes",
            flashcards="Cartões de estudo",
            reading_guide_questions="Perguntas de leitura",
            metadata="Metadados",
            quality_metrics="Métricas de qualidade",
            learning_objectives="Objetivos de aprendizagem",
            key_points="Pontos principais",
            question="Pergunta",
            answer="Resposta",
            front="Frente",
            back="Verso",
            tags="Etiquetas",
            notes="Notas",
            contents="Sumário",
            skip="Pular para o conteúdo",
            note="Nota",
            tip="Dica",
            important="Importante",
            warning="Aviso",
            caution="Cuidado",
            details="Detalhes",
            diagram="Diagrama ({}), mostrado como código-fonte:",
            figure="Figura",
            question_sign="P",
        ),
        "zh": Labels(
            language="zh",
            outline="大纲",
            study_guide="学习指南",
            faqs="常见问题",
            flashcards="抽认卡",
            reading_guide_questions="阅读问题",
            metadata="元数据",
            quality_metrics="质量指标",
            learning_objectives="学习目标",
            key_points="要点",
            question="问题",
            answer="答案",
            front="正面",
            back="背面",
            tags="标签",
            notes="注释",
            contents="目录",
            skip="跳到内容",
            note="注意",
            tip="提示",
            important="重要",
            warning="警告",
            caution="小心",
            details="详情",
            diagram="图表（{}），以源代码显示：",
            figure="图",
            question_sign="问",
        ),
    }
)


def labels(language: str) -> Labels:
    """The labels for a BCP 47 tag: by its primary language, English where there are none."""
    return _LABELS.get(primary_language(language), _ENGLISH)


def primary_language(language: str) -> str:
    """The first part of a BCP 47 tag, which says the language, in lower case."""
    return _subtags(language)[0]


def is_written_from_right(language: str) -> bool:
    """True if the language (a BCP 47 tag) is written from right to left.

    A script subtag decides (`az-Arab`, `ar-Latn`); without one the language does.
    """
    # No cache: its keys would be content, which may be of any length.
    primary, *rest = _subtags(language)
    script = next((subtag for subtag in rest if len(subtag) == 4 and subtag.isalpha()), None)
    if script is not None:
        return script in _RIGHT_TO_LEFT_SCRIPTS
    return primary in _RIGHT_TO_LEFT_LANGUAGES


def language_tag(language: str) -> str:
    """The tag when it is formed like one (BCP 47), also with underscores as names of locales have
    them (`zh_TW`), otherwise `UNKNOWN_LANGUAGE`.
    """
    tag = language[: _TAG_CHARACTERS_MAX + 1].replace("_", "-")
    is_tag = len(language) <= _TAG_CHARACTERS_MAX and _TAG.fullmatch(tag)
    return tag if is_tag else UNKNOWN_LANGUAGE


def _subtags(language: str) -> list[str]:
    return language[:_TAG_CHARACTERS_MAX].lower().replace("_", "-").split("-")
