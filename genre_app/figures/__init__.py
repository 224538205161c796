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

import importlib

# Plotly asks of each value whether it is one of pandas', as soon as pandas is known at all, even
# if another visitor's page is still importing it. Here a second thread waits until it is done.
importlib.import_module("pandas")
