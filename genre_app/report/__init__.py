"""Reports: all that is known of a model, or of a song, as one HTML file that fetches nothing.

Pictures are SVG or PNG within the file, text and numbers are escaped, there is no script. It can
be printed, archived and handed in.
"""

from genre_app.report.models import Rival, Whole, answers_csv, model_report
from genre_app.report.reading import reading_json, reading_report

__all__ = ["Rival", "Whole", "answers_csv", "model_report", "reading_json", "reading_report"]
