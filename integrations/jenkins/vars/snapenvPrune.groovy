import com.cloudbees.groovy.cps.NonCPS

/** Prunes the agent's store: see snapenvPrune.txt. */
def call(Map options = [:]) {
    String complaint = complaintAbout(options)
    if (complaint) {
        error("snapenvPrune: ${complaint}")
    }
    sh(label: 'snapenv ci prune', script: '#!/bin/sh\nset -eu\n' + commandLine(options))
}

@NonCPS
private String complaintAbout(Map options) {
    List<String> known = ['dryRun', 'keepLast', 'maxSize', 'olderThan', 'snapenv']
    for (Object name : options.keySet()) {
        if (!known.contains(name.toString())) {
            return "there is no parameter '${name}'; there are ${known.join(', ')}".toString()
        }
    }
    return ''
}

@NonCPS
private String commandLine(Map options) {
    List<String> words = [(options.snapenv ?: 'snapenv').toString(), 'ci', 'prune']
    Map<String, String> named = [maxSize: '--max-size', olderThan: '--older-than', keepLast: '--keep-last']
    for (String name : named.keySet()) {
        if (options[name] != null) {
            words.addAll([named[name], options[name].toString()])
        }
    }
    if (options.dryRun) {
        words.add('--dry-run')
    }
    String line = 'exec'
    for (String word : words) {
        line += " '" + word.replace("'", "'\\''") + "'"
    }
    return line + '\n'
}
