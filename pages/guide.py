"""How it works: what the pictures and the bars mean, what was measured, how to teach with it."""

import streamlit as st

from genre_app.audio import limit_words
from genre_app.ui import guide

st.title("How it works", anchor=False)

st.header("What a bar means", anchor=False)
st.markdown(
    "A bar is the model's belief, in percent, that the song would be filed under that genre by "
    "whoever filed the songs that it has learnt from. The ten bars sum to 100 %. The belief is "
    "*calibrated*: its temperature is set on songs that the model did not learn from, so that of "
    "many readings of 60 % about six in ten should be right. The thin line is a 90 % interval: "
    "how far the bar moves when other parts of the song are read; what is too short to have other "
    "parts has none. It does not say how far the model itself may be wrong. A few seconds tell "
    "less than a song, so of them the bars are closer together, and *clear* asks for more. Of a "
    f"file longer than {limit_words()} only the first {limit_words()} are read, and a note says "
    "so. A bar is not a fact about the song: it says how the song resembles a few hundred "
    "excerpts that somebody labelled about the year 2000."
)
st.markdown(
    "- **Clear**: the first bar is so long that of the songs held back to check with a bar as long "
    "or longer nine in ten were right.\n"
    "- **Mixed**: two genres stand out, and together have so much that in eight of ten such songs "
    "one of them was right.\n"
    "- **Unsure**: none leads, or one does, but by too little to rely on.\n"
    "- **Outside**: the sound is unlike the music that the model has learnt from: no music at all, "
    "an unusual recording, or a computer that plays from notes."
)

st.header("What the pictures show", anchor=False)
guide.pictures()

st.header("How a network reads a picture", anchor=False)
st.markdown(
    "Every model here sees the same thing: the mel spectrogram, 128 rows of pitch and 24 columns "
    "a second. From it a *view* is made. A **convolutional network** slides small templates over "
    "the picture, finds edges and stripes (a drum is a vertical line, a held note a horizontal "
    "one), and templates of these in the next layer. A **recurrent network** reads the columns one "
    "after the other and keeps a memory. The **statistics networks** first count: how loud is each "
    "band, how much does it move, how fast does it pulse; then a small network weighs these "
    "numbers. With a few hundred songs to learn from, counting wins: a network that is free to "
    "find its own templates needs far more music."
)
st.markdown(
    "It learns by guessing, being told the label, and changing each of its weights a little "
    "towards the right guess, thousands of times. Whether it has understood or learnt by heart "
    "shows only on songs that it has not heard."
)

st.header("The data, and what is wrong with it", anchor=False)
st.markdown(
    "GTZAN (Tzanetakis and Cook 2002) is the best-known collection for this task: ten genres, 100 "
    "excerpts of 30 seconds each. It is also known to be faulty (Sturm 2013): some recordings are "
    "in it twice, some are mislabelled or distorted, and many excerpts of a genre are by a few "
    "artists: 35 of its 100 reggae excerpts are Bob Marley's."
)
st.markdown(
    "**Why artists are kept apart.** Where songs are dealt out at random, the same album stands on "
    "both sides of the split, and a network may recognise the studio and the singer instead of "
    "the genre. Under the protocol *artist* nearly all test tracks are by other artists (442 "
    "tracks to learn from, 197 to check, 290 to test, faults removed: Kereliuk, Sturm and Larsen "
    "2015). "
    "Under *random* all 999 are dealt out, as most reports do. The first figure is the one to "
    "believe; the second is shown so that it can be compared with the reports."
)

st.header("What was measured", anchor=False)
guide.measured()

st.header("Four lessons of 45 minutes", anchor=False)
guide.lessons()

st.header("Data and licence", anchor=False)
st.markdown(
    "The models have learnt from log-mel spectrograms of GTZAN. Its audio is copyrighted and is "
    "not part of this app. The listener tags are those of HetRec 2011 (last.fm), for "
    "non-commercial use. The code is under the MIT licence."
)
