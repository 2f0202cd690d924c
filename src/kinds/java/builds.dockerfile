{%- import "pieces.dockerfile" as pieces -%}
{%- macro maven(page, built) -%}
# pom.xml files only, so that dependencies are downloaded again only when these change
FROM --platform=$BUILDPLATFORM {{ page.build() }} AS poms
WORKDIR /src
RUN --mount=type=bind,source={{ page.service.directory }},target=/src \
    mkdir /poms && \
    find . -type f \( -name pom.xml -o -path './.mvn/*' \) -exec cp --parents -t /poms {} +

# Byte code is platform-independent, so it is built on the build platform, without emulation
FROM --platform=$BUILDPLATFORM {{ page.build() }} AS build
COPY --from=poms /poms /poms
# Build without sources to download the dependencies; errors about missing sources are ignored
WORKDIR /poms
RUN --mount=type=cache,id={{ page.cache("maven") }},target=/root/.m2/repository,sharing=locked \
    {% call mvn(built, "--fail-never", "/poms/lib") %}{% endcall %} && \
    cp -r /root/.m2/repository /repository
{%- for (from, to) in page.built_sources() %}
COPY {{ from }} {{ to }}
{%- endfor %}
WORKDIR /src
{%- call pieces::extra_build(page) %}{% endcall %}
RUN --mount=type=cache,id={{ page.cache("maven") }},target=/root/.m2/repository,sharing=locked \
    {% call mvn(built, "-Dmaven.repo.local.tail=/repository", "/app/lib") %}{% endcall %} && \
    mkdir -p {% if built.java.has_libraries() %}/app/lib{% else %}/app{% endif %} /jars && \
    {% call jar(built, built.output("target")) %}{% endcall %}
{%- endmacro -%}

{#- The call of Maven, with an option more; libraries go to a directory. -#}
{%- macro mvn(built, option, libraries) -%}
mvn -B -ntp {{ option }} -DskipTests
{%- if let Some(module) = built.java.module %} -pl {{ module.value }} -am{% endif %} \
        {{ DATE }}
{%- if built.java.has_libraries() %} \
        -DincludeScope=runtime -DoutputDirectory={{ libraries }} \
        package {{ LIBRARIES }}
{%- else %} package{% endif %}
{%- endmacro -%}

{%- macro gradle(page, built) -%}
# Byte code is platform-independent, so it is built on the build platform, without emulation
FROM --platform=$BUILDPLATFORM {{ page.build() }} AS build
WORKDIR /src
# The Gradle distribution of the wrapper gets its own layer. Archives have no time stamps and a fixed order of files,
# so that builds are reproducible
{%- for (from, to) in built.wrapper() %}
COPY {{ from }} /src/{{ to }}
{%- endfor %}
RUN echo 'allprojects { tasks.withType(AbstractArchiveTask) { \
        preserveFileTimestamps = false; reproducibleFileOrder = true } }' > /reproducible.gradle && \
    sh gradlew --version
{%- for (from, to) in page.built_sources() %}
COPY {{ from }} {{ to }}
{%- endfor %}
{%- call pieces::extra_build(page) %}{% endcall %}
RUN --mount=type=cache,id={{ page.cache("gradle") }},target=/root/.gradle/caches,sharing=locked \
    sh gradlew --no-daemon --console=plain --init-script /reproducible.gradle \
        {{ built.gradle() }} && \
    mkdir /app /jars && \
    {% call jar(built, built.output("build/libs")) %}{% endcall %}
{%- if built.java.has_libraries() %} && \
    mkdir /app/lib && \
    cp -t /app/lib {{ built.output("build/install") }}/*/lib/*.jar && \
    find /app/lib -name '*.jar' -exec cmp -s {} /app/app.jar \; -delete
{%- endif %}
{%- endmacro -%}

{#- The jar that is started, as /app/app.jar: the one that is named, or the only one. -#}
{%- macro jar(built, directory) -%}
{%- if let Some(jar) = built.jar() -%}
cp {{ jar }} /app/app.jar
{%- else -%}
find {{ directory }} -maxdepth 1 -name '*.jar' \
        ! -name '*-sources.jar' ! -name '*-javadoc.jar' ! -name '*-tests.jar' \
        ! -name '*-plain.jar' ! -name 'original-*' \
        -exec cp -t /jars {} + && \
    if ! mv -T /jars/*.jar /app/app.jar; then \
        echo 'set java.jar: there is not exactly one jar to start' >&2; exit 1; fi
{%- endif -%}
{%- endmacro -%}

{%- macro layers() -%}
# Split the jar into layers, because dependencies change less often than the application
RUN java -Djarmode=tools -jar /app/app.jar extract --layers --destination /layers
{%- endmacro -%}
