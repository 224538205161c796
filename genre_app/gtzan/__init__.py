"""The bundled GTZAN subset: log-mels of 999 tracks, their table and their splits.

GTZAN (Tzanetakis & Cook 2002) is ten genres times 100 excerpts of 30 s. Its
audio is copyrighted and is not here; what is here are features, computed with
this package's front end, with which networks are trained and measured.
"""

from genre_app.gtzan.subset import (
    DATA,
    PARTS,
    PROTOCOLS,
    Part,
    Protocol,
    Subset,
    Track,
    artists_of,
    load,
    load_log_mel,
    load_tracks,
)

__all__ = [
    "DATA",
    "PARTS",
    "PROTOCOLS",
    "Part",
    "Protocol",
    "Subset",
    "Track",
    "artists_of",
    "load",
    "load_log_mel",
    "load_tracks",
]
