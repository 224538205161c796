"""Trainings in the background: what is wanted, the process that does it, the queue, the record.

- :mod:`.spec`: what is wanted, as a frozen dataclass;
- :mod:`.presets`: ready settings, and groups of trainings that teach something together;
- :mod:`.estimate`: about how long it takes;
- :mod:`.files`: a run's folder, through which the processes talk;
- :mod:`.worker` and :mod:`.training`: the process that trains;
- :mod:`.store`: every run, in SQLite;
- :mod:`.manager`: one training at a time, whoever asks;
- :mod:`.keep`: from a run to a model on every page.
"""
