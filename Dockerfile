# Genre Blend for Hugging Face Spaces (sdk: docker) and for any other host of containers:
#   docker build -t genre-blend .  &&  docker run --rm -p 8501:8501 genre-blend

# 3.12, as in CI. On 3.11 librosa stays at 0.11, which takes 20 s to import on a fresh machine; 1.0 takes 1.5.
FROM python:3.12-slim

# Spaces run containers as uid 1000, which must exist and own its home. The folder is made here because
# WORKDIR alone may leave it to root, and training writes below it.
RUN useradd --create-home --uid 1000 user \
    && install --directory --owner=user --group=user /home/user/app

# Before the rest of the files, so that a change of the code does not install everything again. As root, so
# that the app cannot change its own libraries. All of it is wheels: no compiler, no ffmpeg, no libsndfile.
COPY requirements.txt /tmp/requirements.txt
RUN pip install --no-cache-dir --root-user-action=ignore --requirement /tmp/requirements.txt

USER user
WORKDIR /home/user/app
COPY --chown=user:user . .
# Once, and not by every process of every container that starts.
RUN python -m compileall -q genre_app

# Caches in the home, the one place that is sure to be writable. Matplotlib, Numba, Keras and pooch otherwise
# look beside their own files, or complain.
ENV HOME=/home/user \
    XDG_CACHE_HOME=/home/user/.cache \
    MPLCONFIGDIR=/home/user/.cache/matplotlib \
    NUMBA_CACHE_DIR=/home/user/.cache/numba \
    KERAS_HOME=/home/user/.cache/keras

# Logs appear at once; TensorFlow keeps its greetings to itself.
ENV PYTHONUNBUFFERED=1 \
    TF_CPP_MIN_LOG_LEVEL=2

# Each of many threads would get a heap of its own, and keep what it once took.
ENV MALLOC_ARENA_MAX=2

# One thread a visitor: on two cores the threads of one reading are in the way of another's, and all of
# them together work a fifth more for nothing. A training sets its own.
ENV OMP_NUM_THREADS=1 \
    OPENBLAS_NUM_THREADS=1 \
    TF_NUM_INTRAOP_THREADS=1 \
    TF_NUM_INTEROP_THREADS=1

# Strangers: the library reads uploads only, never the container's folders, and forgets them after the visit.
ENV GENRE_APP_PUBLIC=1

# XSRF protection is off here and nowhere else: a Space is shown inside another site's frame, where browsers
# withhold the token's cookie, and every upload would be refused with 403. The app has no log-in and no cookie
# of its own that a forged request could make use of. Nobody edits files in a container, so none are watched.
ENV STREAMLIT_SERVER_ENABLE_XSRF_PROTECTION=false \
    STREAMLIT_SERVER_FILE_WATCHER_TYPE=none

EXPOSE 8501

# Python, because the slim image has no curl. The start period covers the imports on a slow machine.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8501/_stcore/health', timeout=4)"]

CMD ["streamlit", "run", "app.py", "--server.port=8501", "--server.address=0.0.0.0", "--server.headless=true"]
