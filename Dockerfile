# Three images from one file: `web` (pages, inference, scheduler), `training` (with TensorFlow) and `sheets` (with OpenCV).
FROM python:3.11.13-slim-bookworm AS base
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /app
RUN useradd --system --uid 1000 --home-dir /app digitsite \
    && install -d -o digitsite -g digitsite /data

# Packages are installed in a layer of their own; only the virtual environment goes into the images.
FROM base AS web-packages
COPY requirements/web.txt requirements/s3.txt requirements/
RUN python -m venv /venv && /venv/bin/pip install --requirement requirements/web.txt --requirement requirements/s3.txt

FROM web-packages AS training-packages
COPY requirements/training.txt requirements/
RUN /venv/bin/pip install --requirement requirements/training.txt

FROM web-packages AS sheets-packages
COPY requirements/sheets.txt requirements/
RUN /venv/bin/pip install --requirement requirements/sheets.txt

FROM base AS code
ENV PATH=/venv/bin:$PATH DJANGO_SETTINGS_MODULE=digitsite.settings DATA_DIR=/data STATIC_ROOT=/app/static-collected
COPY manage.py ./
COPY digitsite digitsite
COPY classifier classifier
COPY training training
COPY templates templates
COPY static static

FROM code AS training
COPY --from=training-packages /venv /venv
USER digitsite
VOLUME /data
CMD ["python", "manage.py", "worker", "training"]

FROM code AS sheets
COPY --from=sheets-packages /venv /venv
USER digitsite
VOLUME /data
CMD ["python", "manage.py", "sheet_worker"]

FROM code AS web
COPY --from=web-packages /venv /venv
# The key is for this command only and is not part of the image.
RUN SECRET_KEY=unused DATA_DIR=/tmp/build python manage.py collectstatic --noinput --verbosity 0 && rm -rf /tmp/build
USER digitsite
VOLUME /data
EXPOSE 8000
CMD ["gunicorn", "--config", "python:digitsite.gunicorn", "--bind", "0.0.0.0:8000", "digitsite.wsgi"]
