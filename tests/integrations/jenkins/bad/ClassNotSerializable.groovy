class Kept {
    String name
}
