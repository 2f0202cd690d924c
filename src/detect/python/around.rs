//! Programs that start another one, which they look for by its name.

/// Where images have the programs of distributions.
const VENV: &str = "/opt/venv/bin";

const AROUND: [&str; 3] = ["ddtrace-run", "newrelic-admin", "opentelemetry-instrument"];

/// Programs that are started by them.
const INNER: [&str; 9] =
    ["celery", "daphne", "django-admin", "fastapi", "flask", "gunicorn", "hypercorn", "streamlit", "uvicorn"];

/// The words of a program and its arguments. A program that it starts in its turn is named by its path: the
/// directory of the environment is not in PATH.
pub(crate) fn words(program: &str, arguments: &[String]) -> Vec<String> {
    let name = |word: &str| word.rsplit('/').next().unwrap_or(word).to_owned();
    let is_inner = |word: &&String| {
        let name = name(word);
        name.starts_with("python") || INNER.contains(&name.as_str())
    };
    let inner = arguments.iter().position(|word| is_inner(&word)).filter(|_| AROUND.contains(&program));
    let placed = arguments.iter().enumerate().map(|(at, word)| match name(word) {
        python if Some(at) == inner && python.starts_with("python") => format!("{VENV}/python3"),
        other if Some(at) == inner => format!("{VENV}/{other}"),
        _ => word.clone(),
    });
    std::iter::once(program.to_owned()).chain(placed).collect()
}
