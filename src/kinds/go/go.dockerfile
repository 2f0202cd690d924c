{%- import "pieces.dockerfile" as pieces -%}
{% if page.wants_probe() -%}
{% call pieces::shared() %}{% endcall %}

{% call pieces::probe(page) %}{% endcall %}

{% endif -%}
# Go compiles for every platform on the builder's own
FROM --platform=$BUILDPLATFORM {{ page.build() }} AS build
{%- if go.cgo %}
ARG BUILDARCH
ARG TARGETARCH
# The C compiler of the target platform
RUN --mount=type=cache,id=apt-$BUILDARCH,target=/var/cache/apt,sharing=locked \
    --mount=type=cache,id=apt-lists-$BUILDARCH,target=/var/lib/apt,sharing=locked \
    case $TARGETARCH in amd64) cross=gcc-x86-64-linux-gnu ;; arm64) cross=gcc-aarch64-linux-gnu ;; *) exit 1 ;; esac && \
    rm -f /etc/apt/apt.conf.d/docker-clean && \
    apt-get update && \
    apt-get install -y --no-install-recommends $cross "libc6-dev-$TARGETARCH-cross"
{%- endif %}
WORKDIR /src
{%- if !go.vendor %}
# Modules first: a change of code downloads nothing. The pattern lets go.sum be absent, as it is without dependencies
COPY {{ self.beside("go.mod") }} {{ self.beside("go.su[m]") }} ./
RUN --mount=type=cache,id=go-mod,target=/go/pkg/mod \
    GOMODCACHE=/go/pkg/mod go mod download
{%- endif %}
{%- for (from, to) in page.built_sources() %}
COPY {{ from }} {{ to }}
{%- endfor %}
{%- if go.cgo %}
ARG TARGETOS
{%- else %}
ARG TARGETOS
ARG TARGETARCH
{%- endif %}
RUN {% if !go.vendor %}--mount=type=cache,id=go-mod,target=/go/pkg/mod \
    {% endif %}--mount=type=cache,id=go-build-{{ page.service.name.value }},target=/root/.cache/go-build \
{%- if go.cgo %}
    {% call pieces::cpu() %}{% endcall %} && \
    CGO_ENABLED=1 CC=$cpu-linux-gnu-gcc GOOS=$TARGETOS GOARCH=$TARGETARCH \
{%- else %}
    CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH \
{%- endif %}
    GOMODCACHE=/go/pkg/mod \
    go build -mod={% if go.vendor %}vendor{% else %}readonly{% endif %} -trimpath -buildvcs=false -ldflags='-s -w'
{%- if !go.tags.is_empty() %} -tags={{ self.tags() }}{% endif %} \
        -o /out/{{ page.service.name.value }} {{ go.package() }}
{%- if !page.directories().is_empty() %}

{% call pieces::directories(page) %}{% endcall %}
{%- endif %}

FROM {{ page.run() }}
{%- if page.wants_probe() %}
COPY --link --from=probe /healthcheck {{ PROBE }}
{%- endif %}
{%- if !page.directories().is_empty() %}
COPY --link --from=directories /rootfs/ /
{%- endif %}
{%- call pieces::configuration(page) %}{% endcall %}
{%- call pieces::assets(page, go.assets) %}{% endcall %}
COPY --link --from=build /out/{{ page.service.name.value }} {{ self.program() }}
WORKDIR /app
{% call pieces::closing(page) %}{% endcall %}
