String call(String text) {
    java.util.regex.Matcher found = text =~ /a/
    echo(text)
    return found.group()
}
