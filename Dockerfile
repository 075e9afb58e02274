# One image for the API, the workers and the migration; the command says which. A release carries
# these stages out without a container engine (scripts/releasing/image.py): docs/releasing.md.
FROM debian:bookworm-slim AS base
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates libstdc++6 passwd \
        python3 \
    && rm -rf /var/lib/apt/lists/*

FROM base AS build
# npm and pip fetch the pinned fonts; neither npm nor its cache reaches the image that runs.
RUN apt-get update && apt-get install -y --no-install-recommends npm python3-venv \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python3 -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH
COPY requirements-runtime.lock requirements-build.lock ./
RUN pip install --require-hashes -r requirements-runtime.lock -r requirements-build.lock
COPY pyproject.toml README.md LICENSE ./
COPY workflows workflows
COPY activities activities
COPY web web
COPY scripts /app/scripts
RUN pip install --no-deps --no-build-isolation . ./web/client
RUN python -m compileall -q /app && EXPORT_FONT_PATH=/opt/fonts python -m activities.formats.fonts \
    && pip uninstall --yes setuptools pip

FROM base
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin export \
    && install -d -o export -g export /var/lib/export
COPY --from=build /opt/fonts /opt/fonts
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
WORKDIR /app
ENV PATH=/opt/venv/bin:$PATH PYTHONPATH=/app PYTHONUNBUFFERED=1 \
    EXPORT_FONT_PATH=/opt/fonts EXPORT_DATA_DIR=/var/lib/export EXPORT_TEMP_PATH=/var/lib/export/files \
    EXPORT_HOST=0.0.0.0
USER export
EXPOSE 8000 9100
CMD ["python", "-m", "web"]
