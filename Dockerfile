# The image of Ingather: what runs, and nothing with which it is built. It runs as nobody in particular, on a root that
# is only read; what it writes lies in /var/lib/ingather, which belongs on volumes, and in /tmp.
#
#     docker build --tag ingather .
#
# Every package is the one whose hash stands in requirements.image.lock.

ARG PYTHON=3.11

FROM python:${PYTHON}-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_REQUIRE_VIRTUALENV=1
WORKDIR /src
RUN python -m venv /usr/local/lib/build && python -m venv --without-pip /usr/local/lib/ingather
COPY requirements.lock requirements.image.lock ./
# With what the wheel is built, out of the lock as well.
RUN awk '/^(hatchling|packaging|pathspec|pluggy|trove-classifiers)==/ {on = 1} on {print} on && !/\\$/ {on = 0}' \
        requirements.lock > build.lock \
    && /usr/local/lib/build/bin/pip install --require-hashes --no-deps --requirement build.lock \
    && /usr/local/lib/build/bin/pip --python /usr/local/lib/ingather/bin/python install --require-hashes --no-deps --only-binary :all: \
        --requirement requirements.image.lock
COPY pyproject.toml README.md LICENSE ./
COPY migrations migrations
COPY nacha_samples/demo nacha_samples/demo
COPY src src
RUN /usr/local/lib/build/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /tmp/wheels . \
    && /usr/local/lib/build/bin/pip --python /usr/local/lib/ingather/bin/python install --no-deps --no-index /tmp/wheels/*.whl \
    && /usr/local/lib/ingather/bin/python -m compileall -q /usr/local/lib/ingather/lib

FROM python:${PYTHON}-slim-bookworm
RUN groupadd --system --gid 10001 ingather \
    && useradd --system --uid 10001 --gid 10001 --home-dir /var/lib/ingather --shell /usr/sbin/nologin ingather \
    && install -d -o 10001 -g 10001 -m 0700 /var/lib/ingather /var/lib/ingather/keys \
        /var/lib/ingather/to-bank /var/lib/ingather/from-bank
COPY --from=build /usr/local/lib/ingather /usr/local/lib/ingather
ENV PATH=/usr/local/lib/ingather/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    INGATHER_HOST=0.0.0.0 \
    INGATHER_KEYS=/var/lib/ingather/keys
WORKDIR /var/lib/ingather
USER 10001:10001
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8080/readyz', timeout=4)"]
ENTRYPOINT ["ingather"]
CMD ["serve"]
