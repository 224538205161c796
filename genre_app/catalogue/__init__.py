"""Many songs: folders are walked, every song is read once, the readings are kept.

A catalogue is one SQLite file. Songs are known by the SHA-256 of their bytes and
readings by that and the model's, so that a file which was renamed, moved or
copied is not read again, and a new model reads everything anew beside the old.

- :mod:`.walk` finds files, on disks or behind fsspec URLs;
- :mod:`.work` reads a chunk of them, in whichever process or machine;
- :mod:`.parallel` spreads chunks over processes or a Dask cluster;
- :mod:`.store` keeps what came back, :mod:`.lock` keeps a second run out;
- :mod:`.run` ties these together, :mod:`.command` is the command line;
- :mod:`.job` runs in the background of a page, :mod:`.uploads` gives it what came
  from a browser;
- :mod:`.filters`, :mod:`.aggregate`, :mod:`.maps`, :mod:`.playlists` and
  :mod:`.export` use the rows.
"""
