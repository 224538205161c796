"""How it works: what the bars mean, what was measured, what the limits are."""

import streamlit as st

from genre_app import gtzan, panels, zoo

st.title("How it works", anchor=False)

st.header("What a bar means", anchor=False)
st.markdown(
    "A bar is the model's belief, in percent, that listeners would file the song under that "
    "genre. The ten bars sum to 100 %. The belief is *calibrated*: its temperature is set on songs "
    "that the model did not learn from, so that of many readings of 60 % about six in ten should "
    "be right. The thin line is a 90 % interval: how far the bar moves when other parts of the "
    "song are read. It does not say how far the model itself may be wrong."
)
st.markdown(
    "- **Clear**: one genre leads by so much that nine in ten such readings were right on songs "
    "held back to check.\n"
    "- **Mixed**: two genres share the song.\n"
    "- **Unsure**: none leads.\n"
    "- **Outside**: the sound is unlike the music that the model has learnt from."
)

st.header("What the pictures show", anchor=False)
for key in panels.PANELS:
    st.markdown(f"- **{panels.TITLES[key]}**: {panels.explain(key)}")

st.header("What was measured", anchor=False)
cards = [zoo.card(name) for name in zoo.names()]
st.dataframe(
    [
        {
            "Model": card["title"],
            "Protocol": protocol,
            "Test tracks": card["protocols"][protocol]["tracks"],
            "Right (%)": round(100 * card["protocols"][protocol]["accuracy"], 1),
            "95 % from": round(100 * card["protocols"][protocol]["low"], 1),
            "95 % to": round(100 * card["protocols"][protocol]["high"], 1),
            "Mean of seeds (%)": round(100 * card["protocols"][protocol]["mean_of_seeds"], 1),
            "Calibration error (%)": round(100 * card["protocols"][protocol]["ece"], 1),
        }
        for card in cards
        for protocol in gtzan.PROTOCOLS
        if protocol in card["protocols"]
    ],
    hide_index=True,
)
st.caption(
    "Protocol artist: artists of the test tracks were hardly ever heard in training. Protocol "
    "random: tracks drawn at random, as most reports do; artists stand on both sides, which "
    "flatters every model. The first is the one to believe."
)
for card in cards:
    st.subheader(card["title"], anchor=False)
    st.markdown(card["summary"])
    st.markdown("\n".join(f"- {limit}" for limit in card["limits"]))

st.header("Data and licence", anchor=False)
st.markdown(
    "The models have learnt from log-mel spectrograms of GTZAN (Tzanetakis and Cook 2002). Its "
    "audio is copyrighted and is not part of this app. The code is under the MIT licence."
)
