//! Accepts connections.

fn main() {
    println!("the port is {}", itoa::Buffer::new().format(8080));
    let listener = std::net::TcpListener::bind("0.0.0.0:8080").unwrap();
    for connection in listener.incoming() {
        drop(connection);
    }
}
