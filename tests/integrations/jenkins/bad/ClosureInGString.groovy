void call(String name) {
    echo("made ${ -> name }")
}
