fn main() {
    println!("{}", greeting::greet("from a registry"));
}
