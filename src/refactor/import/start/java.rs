//! What a Java service starts: options, arguments, and the class if it is compiled here.

use toml::Table;

/// The arguments of a Java program; what of its command line services.toml cannot say, if there is such: a path of
/// several parts, another class.
pub(in super::super) fn java_arguments(argv: &[String], main: Option<&str>) -> Result<Vec<String>, String> {
    let mut words = argv.iter().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "-jar" => {
                words.next();
                break;
            }
            "-cp" | "-classpath" | "--class-path" => {
                let path = words.next().map_or("", String::as_str);
                if path.contains(':') {
                    return Err(format!("{word} {path}"));
                }
            }
            option if option.starts_with('-') => {}
            class if Some(class) == main => break,
            class => return Err(class.to_owned()),
        }
    }
    Ok(words.cloned().collect())
}

/// What a Java service starts: options, arguments, and the class if it is compiled here.
pub(in super::super) fn java(argv: &[String], main: Option<&str>, arguments: Vec<String>) -> Table {
    let options = argv
        .iter()
        .skip(1)
        .take_while(|word| word.starts_with('-') && *word != "-jar" && *word != "-version");
    let options: Vec<String> = options.filter(|word| *word != "-cp").cloned().collect();
    let mut table = Table::new();
    if let Some(main) = main {
        table.insert("main".to_owned(), main.into());
    }
    if !options.is_empty() {
        table.insert("options".to_owned(), options.into());
    }
    if !arguments.is_empty() {
        table.insert("arguments".to_owned(), arguments.into());
    }
    table
}
