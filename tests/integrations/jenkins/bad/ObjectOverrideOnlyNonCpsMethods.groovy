class Shown implements Serializable {
    String name

    @Override
    String toString() {
        return name
    }
}
