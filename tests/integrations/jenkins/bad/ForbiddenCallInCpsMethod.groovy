void call(List<String> names) {
    List sorted = names.sort { name -> name.length() }
    echo(sorted.join(' '))
}
