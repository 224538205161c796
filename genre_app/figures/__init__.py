"""Data in, pictures and words out; nothing here knows Streamlit.

==============  ===========================================================
module          gives
==============  ===========================================================
``panels``      an interactive Plotly figure of a panel
``blend``       interactive bars of a blend, and its ribbon through time
``static``      the same as PNG or SVG for print and download
``words``       the same as one plain sentence: alternative text, captions
``tables``      the same as a table beneath the chart, and as CSV
``theme``       heights, margins, axes and colours that all of them share
``pooling``     many frames to the few that a screen has pixels for
==============  ===========================================================

Plotly and Matplotlib are imported when the first figure is drawn.
"""
