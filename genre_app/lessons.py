"""Four lessons of 45 minutes, and a sheet to print for them."""

from dataclasses import dataclass, field
from html import escape
from typing import Final

__all__ = ["LESSONS", "Lesson", "Link", "worksheet"]


@dataclass(frozen=True)
class Link:
    """A page of the app in the state that a step needs.

    Attributes
    ----------
    page : str
        Its script, such as ``"pages/listen.py"``.
    label : str
    query : dict of str to str
        What the page reads from the address.
    """

    page: str
    label: str
    query: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Lesson:
    """A lesson plan.

    Attributes
    ----------
    key, title, aim : str
    steps : tuple of (int, str)
        Minutes, and what happens in them; 45 minutes in all.
    links : tuple of Link
    questions : tuple of str
        For the sheet.
    """

    key: str
    title: str
    aim: str
    steps: tuple[tuple[int, str], ...]
    links: tuple[Link, ...]
    questions: tuple[str, ...]


LESSONS: Final = (
    Lesson(
        key="hear",
        title="Hear a feature",
        aim="Students can say what a spectrogram, MFCC and chroma keep of a sound, and what they "
        "throw away.",
        steps=(
            (5, "Play the swing combo. Everyone writes down three things that they hear."),
            (
                10,
                "Look at the mel spectrogram. Where is the bass, where the cymbal? Whistle into "
                "the microphone, then clap: what do the two look like?",
            ),
            (
                15,
                "On this page, under *What the pictures show*, hear each picture: first guess "
                "from the sound alone which of the five it is.",
            ),
            (
                10,
                "In pairs: which picture would tell a ballad from a march? Which could never "
                "tell a violin from a flute that play the same tune?",
            ),
            (5, "Collect: a feature is a decision about what to forget."),
        ),
        links=(
            Link(
                "pages/listen.py",
                "Listen, with the swing combo and three pictures",
                {"example": "swing-combo", "panels": "mel,mfcc,chroma"},
            ),
        ),
        questions=(
            "Three things that I hear in the piece:",
            "The bass is at the … of the spectrogram, the cymbal at the …, because …",
            "Noise shaped by MFCC still tells me … but no longer …",
            "Two pieces that have the same chroma but sound different:",
        ),
    ),
    Lesson(
        key="over-fitting",
        title="Over-fitting, live",
        aim="Students can read a learning curve and say when a network has begun to learn its "
        "tracks by heart.",
        steps=(
            (5, "What is learning by heart, what is understanding? An example from school."),
            (
                10,
                "Start a training as *Lesson*, with *Alter the sounds* switched off under "
                "*Settings*. Everybody draws how they think the two curves will go.",
            ),
            (
                15,
                "Watch. Stop it where the validation curve no longer rises. Move through the "
                "epochs of the confusion matrix: which genres come apart first?",
            ),
            (10, "The same again with the sounds altered: compare both under *Runs and models*."),
            (5, "Which epoch would you keep, and which curve must not decide that?"),
        ),
        links=(Link("pages/train.py", "Train", {"train-mode": "retrain"}),),
        questions=(
            "My guess of both curves (draw), and what they did:",
            "From epoch … on the network over-fits. I see that because …",
            "Augmentation changed … because …",
            "The test tracks must not choose the epoch, because …",
        ),
    ),
    Lesson(
        key="leak",
        title="The leak",
        aim="Students can say why a figure of 95 % may mean nothing, and what to keep apart.",
        steps=(
            (
                5,
                "A riddle: a network recognises 95 % of its test. It has never heard a note "
                "of them. Or has it?",
            ),
            (10, "Train the same network by both protocols: *The leak* on the Train page."),
            (
                10,
                "Look at the Models page: each model's line from *artist* to *random*. Which "
                "model leaks most?",
            ),
            (
                15,
                "In groups: write down everything that two pieces of one album share besides "
                "their genre. Which of that can a spectrogram show?",
            ),
            (
                5,
                "Run the window split, the mistake itself. Collect: split by what must not be "
                "known, before anything is cut.",
            ),
        ),
        links=(
            Link("pages/train.py", "Train: the leak", {"train-mode": "leak"}),
            Link("pages/models.py", "Models", {"section": "leaderboard"}),
        ),
        questions=(
            "With the same artists on both sides: … %, with other artists: … %.",
            "Two songs of one album share, besides their genre:",
            "The window split gives … %. It is a mistake because …",
            "A claim about a machine that I would now question, and what I would ask:",
        ),
    ),
    Lesson(
        key="ten",
        title="Ten genres, and the rest of the world",
        aim="Students can say what a classifier cannot say, and whose music is missing.",
        steps=(
            (5, "Everyone names a genre that they like. Which of them are among the ten?"),
            (
                15,
                "Each group reads a song of its own. Does it agree with the bars? Where does "
                "the model say *unsure* or *outside*, and where should it have?",
            ),
            (
                10,
                "On the Models page look at the confusion of rock. Find two of its tracks "
                "whose label you would dispute.",
            ),
            (
                10,
                "GTZAN was collected in 2000 and 2001 from CDs, radio and the collection of one "
                "researcher. Whose music is not in it? What follows where such a model fills "
                "playlists?",
            ),
            (5, "Collect: a bar is a belief of a model about labels, not a fact about a song."),
        ),
        links=(
            Link("pages/listen.py", "Listen"),
            Link(
                "pages/models.py",
                "Models: what rock is mistaken for",
                {"section": "confusion", "label": "rock"},
            ),
        ),
        questions=(
            "Our song, what we would call it, and what the bars say:",
            "The model was sure and wrong when …",
            "Two tracks whose label I would dispute, and why:",
            "Music that is missing, and who notices when it is:",
        ),
    ),
)


def worksheet(lessons: tuple[Lesson, ...] = LESSONS) -> bytes:
    """Give a page to print, a sheet a lesson.

    Returns
    -------
    bytes
        HTML that needs nothing from elsewhere.
    """
    sheets = "".join(
        f"<section><h1>{escape(lesson.title)}</h1>"
        "<p>Name: ______________________ Date: ______________</p>"
        f"<p><em>{escape(lesson.aim)}</em></p><ol>"
        + "".join(f"<li>{escape(question)}<div></div></li>" for question in lesson.questions)
        + "</ol></section>"
        for lesson in lessons
    )
    style = (
        "body{font:16px/1.5 sans-serif;max-width:44em;margin:2em auto;color:#000;background:#fff}"
        "section{break-after:page}li div{height:7em;border-bottom:1px solid #999}"
    )
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        f"<title>Genre Blend: worksheets</title><style>{style}</style></head>"
        f"<body>{sheets}</body></html>"
    ).encode()
