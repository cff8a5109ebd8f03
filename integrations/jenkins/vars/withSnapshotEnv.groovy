import com.cloudbees.groovy.cps.NonCPS

/** An environment for the steps in the block: see withSnapshotEnv.txt. */
def call(Map options = [:], Closure body) {
    String complaint = complaintAbout(options)
    if (complaint) {
        error("withSnapshotEnv: ${complaint}")
    }
    String reports = options.reports ?: '.snapenv'
    String script = '#!/bin/sh\nset -eu\n' + indexLines(options)
    try {
        if (options.credentialsId) {
            // The script has names of variables only; their values never become part of it, nor arguments of a program.
            script += libraryResource('snapenv/credentials.sh') + commandLine(syncWords(options))
            withCredentials([usernamePassword(
                credentialsId: options.credentialsId,
                usernameVariable: 'SNAPENV_INDEX_USERNAME',
                passwordVariable: 'SNAPENV_INDEX_PASSWORD'
            )]) {
                sh(label: 'snapenv ci sync', script: script)
            }
        } else {
            sh(label: 'snapenv ci sync', script: script + commandLine(syncWords(options)))
        }
    } finally {
        // Whatever came of it, a failure or an abort too; and what is wrong here must not hide it.
        catchError(buildResult: 'SUCCESS', stageResult: 'SUCCESS', catchInterruptions: false, message: 'no reports were archived') {
            archiveArtifacts(artifacts: "${reports}/*", allowEmptyArchive: true)
        }
    }
    String printed = sh(
        label: 'snapenv ci env',
        returnStdout: true,
        script: '#!/bin/sh\nset -eu\n' + commandLine(envWords(options))
    )
    Map variables = variablesOf(printed)
    // An empty value unsets it.
    return withEnv([
        "VIRTUAL_ENV=${variables.VIRTUAL_ENV}".toString(),
        "PATH+SNAPENV=${variables.SNAPENV_BIN}".toString(),
        'PYTHONHOME='
    ]) {
        body()
    }
}

@NonCPS
private String complaintAbout(Map options) {
    List<String> known = [
        'args', 'credentialsId', 'index', 'mode', 'path', 'python', 'reports', 'requirements', 'snapenv', 'untrusted'
    ]
    for (Object name : options.keySet()) {
        if (!known.contains(name.toString())) {
            return "there is no parameter '${name}'; there are ${known.join(', ')}".toString()
        }
    }
    if (options.index && options.index.toString().replaceFirst('^[^:]*://', '').split('/')[0].contains('@')) {
        return 'credentials in index would be seen in the log; credentialsId names some'
    }
    return ''
}

@NonCPS
private String indexLines(Map options) {
    return options.index ? "PIP_INDEX_URL=${quoted(options.index)}\nexport PIP_INDEX_URL\n".toString() : ''
}

@NonCPS
private List<String> syncWords(Map options) {
    List<String> words = [program(options), 'ci', 'sync', '--ci', 'jenkins']
    words.addAll(['--path', (options.path ?: '.venv').toString(), '--reports', (options.reports ?: '.snapenv').toString()])
    Object requirements = options.requirements == null ? 'requirements.txt' : options.requirements
    for (String file : listed(requirements)) {
        words.addAll(['-r', file])
    }
    if (options.python) {
        words.addAll(['-p', options.python.toString()])
    }
    if (options.mode) {
        words.addAll(['--link-mode', options.mode.toString()])
    }
    if (options.untrusted) {
        words.add('--untrusted')
    }
    words.addAll(listed(options.args))
    return words
}

@NonCPS
private List<String> envWords(Map options) {
    return [program(options), 'ci', 'env', '--shell', 'properties', '--path', (options.path ?: '.venv').toString()]
}

@NonCPS
private String program(Map options) {
    return (options.snapenv ?: 'snapenv').toString()
}

@NonCPS
private List<String> listed(Object given) {
    List<String> words = []
    if (given instanceof Collection) {
        for (Object word : given) {
            words.add(word.toString())
        }
    } else if (given) {
        words.add(given.toString())
    }
    return words
}

/** In place of the shell, so that an abort's signal reaches snapenv itself. */
@NonCPS
private String commandLine(List<String> words) {
    String line = 'exec'
    for (String word : words) {
        line += ' ' + quoted(word)
    }
    return line + '\n'
}

@NonCPS
private String quoted(Object word) {
    return "'" + word.toString().replace("'", "'\\''") + "'"
}

/** Lines of Java's properties, as `snapenv ci env` writes them: ASCII, whatever the agent takes for its charset. */
@NonCPS
private Map<String, String> variablesOf(String printed) {
    Map<String, String> variables = [:]
    for (String line : printed.split('\n')) {
        int at = line.indexOf('=')
        if (at > 0) {
            variables.put(line.substring(0, at), unescaped(line.substring(at + 1)))
        }
    }
    return variables
}

@NonCPS
private String unescaped(String text) {
    StringBuilder plain = new StringBuilder()
    int at = 0
    while (at < text.length()) {
        char letter = text.charAt(at)
        at += 1
        if (letter == ('\\' as char) && at < text.length()) {
            letter = text.charAt(at)
            at += 1
            if (letter == ('u' as char)) {
                plain.append((char) Integer.parseInt(text.substring(at, at + 4), 16))
                at += 4
            } else if (letter == ('n' as char)) {
                plain.append('\n')
            } else if (letter == ('r' as char)) {
                plain.append('\r')
            } else if (letter == ('t' as char)) {
                plain.append('\t')
            } else {
                plain.append(letter)
            }
        } else {
            plain.append(letter)
        }
    }
    return plain.toString()
}
