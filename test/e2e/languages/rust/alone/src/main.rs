fn text(name: &str) -> String {
    format!("hello {name}{}", if cfg!(feature = "loud") { "!" } else { "" })
}

fn main() {
    println!("{}", text(&std::env::args().nth(1).unwrap_or_default()));
}

#[cfg(test)]
mod tests {
    #[test]
    fn greets() {
        assert_eq!(super::text("you"), "hello you!");
    }
}
