"""Classes of one's own: songs that a user sorts, features that are kept, models that learn them.

After the report of Smith (University of Massachusetts): a folder a genre, whole songs
of any format, several random 30-second clips a song, songs split before clips are cut,
genres added later without losing what was learnt.

- :mod:`.source` and :mod:`.archive` open folders and zip files of strangers safely;
- :mod:`.songs` cuts clips and says which part of the split a song stands in;
- :mod:`.gather` turns uploads, zip files and folders into songs;
- :mod:`.store` keeps collections on disk, and exports and imports them;
- :mod:`.dataset` shows a collection to the trainings as a subset like GTZAN's;
- :mod:`.rehearsal` keeps what a network says of the bundled subset;
- :mod:`.heads` and :mod:`.extend` add genres to a network, :mod:`.scratch` trains anew;
- :mod:`.result` measures both, :mod:`.model` writes the model;
- :mod:`.job` works in the background, :mod:`.command` is the command line.
"""
