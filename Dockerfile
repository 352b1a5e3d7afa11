# One image for web, dial, media, flower and beat; docker-compose.yml says which command each runs.
FROM python:3.11-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/venv
WORKDIR /src
COPY pyproject.toml README.md LICENSE celeryconfig.py ./
COPY dialer dialer
COPY workers workers
COPY media media
COPY migrations migrations
# silero-vad without its dependencies, as it asks for torch; only its model is used.
RUN /opt/venv/bin/pip install '.[silero]' \
    && { /opt/venv/bin/pip install --no-deps silero-vad==6.2.3 \
        || echo "silero-vad could not be installed; WebRTC's voice activity serves"; }

FROM python:3.11-slim
# flite is the local voice; its library is loaded at run time.
RUN apt-get update \
    && apt-get install -y --no-install-recommends flite libflite1 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --create-home --home-dir /data dialer
COPY --from=build /opt/venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 DATA_DIR=/data
USER dialer
WORKDIR /data
VOLUME /data
EXPOSE 8080
CMD ["dialer", "--help"]
