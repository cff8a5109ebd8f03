java.util.regex.Matcher call(String text) {
    return text =~ /a/
}
