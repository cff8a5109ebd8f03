/*
 * Runs a Jenkinsfile as an agent would, as far as this library and its examples need it: groovy harness.groovy CONTROL JENKINSFILE
 *
 * CONTROL has `library/` (vars, resources), `workspace/`, and may have `credentials/ID` (a line each for user and password). Written to it:
 * `console` (masked, as people see it), `unmasked`, `artifacts/`, `steps` (one a line), `result`. A file `abort` that appears in it aborts the
 * build as Jenkins does: TERM to all processes of the step, KILL five seconds later to what is left; `killed` says that something was, `took` how many milliseconds.
 */
import java.nio.file.FileSystems
import java.nio.file.Files
import java.nio.file.Path
import org.codehaus.groovy.control.CompilerConfiguration

class AbortException extends Exception {
    AbortException(String message) { super(message) }
}

class FlowInterruptedException extends Exception {
    FlowInterruptedException() { super('aborted') }
}

/** What variables a step sees: `A+B` goes before A, an empty value unsets. */
class Variables {
    final List<Map<String, String>> layers = [new TreeMap<String, String>(System.getenv())]

    Map<String, String> top() { layers.last() }

    def within(Map<String, String> added, Closure body) {
        Map<String, String> layer = new TreeMap<String, String>(top())
        added.each { name, value ->
            int plus = name.indexOf('+')
            if (!value) {
                layer.remove(name)
            } else if (plus >= 0) {
                String base = name.substring(0, plus)
                layer[base] = layer[base] ? value + ':' + layer[base] : value
            } else {
                layer[name] = value
            }
        }
        layers.add(layer)
        try {
            return body()
        } finally {
            layers.remove(layers.size() - 1)
        }
    }
}

class Steps {
    final File control
    final File workspace
    final Variables variables = new Variables()
    final List<String> masked = []
    Script main
    int count = 0

    Steps(File control) {
        this.control = control
        this.workspace = new File(control, 'workspace')
    }

    // What Jenkins keeps on disk between two steps must be serializable; what a step is given certainly is kept.
    private static void demandSerializable(Object value) {
        if (value instanceof Closure) {
            return
        }
        if (value instanceof Map) {
            value.each { key, held -> demandSerializable(held) }
            return
        }
        new ObjectOutputStream(new ByteArrayOutputStream()).writeObject(value)
    }

    def perform(String name, Object[] arguments) {
        arguments.each { demandSerializable(it) }
        new File(control, 'steps') << name + '\n'
        def result = this.metaClass.invokeMethod(this, 'step_' + name, arguments)
        demandSerializable(result)
        return result
    }

    boolean knows(String name) { this.metaClass.respondsTo(this, 'step_' + name) }

    synchronized void say(String text) {
        new File(control, 'unmasked').append(text, 'UTF-8')
        String shown = text
        masked.each { shown = shown.replace(it, '****') }
        new File(control, 'console').append(shown, 'UTF-8')
    }

    def step_echo(String text) { say(text + '\n') }

    def step_error(String text) { throw new AbortException(text) }

    def step_sh(String script) { step_sh([script: script]) }

    def step_sh(Map options) {
        Set<String> unknown = options.keySet() - ['script', 'label', 'returnStatus', 'returnStdout', 'encoding']
        if (unknown) {
            throw new IllegalArgumentException("sh has no parameter ${unknown}")
        }
        count += 1
        String text = options.script
        File script = new File(control, "script-${count}.sh")
        script.setText(text, 'UTF-8')
        script.setExecutable(true)
        say("+ ${options.label ?: text}\n")
        // As durable-task does it: traced, unless the script says itself what runs it.
        List<String> words = ['setsid'] + (text.startsWith('#!') ? [script.path] : ['sh', '-xe', script.path])
        ProcessBuilder builder = new ProcessBuilder(words).directory(workspace)
        builder.environment().clear()
        builder.environment().putAll(variables.top())
        builder.redirectInput(new File('/dev/null'))
        Process process = builder.start()
        long pid = (long) Process.getMethod('pid').invoke(process)
        StringBuilder printed = new StringBuilder()
        Thread output = Thread.start {
            process.inputStream.withReader('UTF-8') { reader ->
                reader.eachLine { line ->
                    if (options.returnStdout) { printed.append(line).append('\n') } else { say(line + '\n') }
                }
            }
        }
        Thread errors = Thread.start {
            process.errorStream.withReader('UTF-8') { reader -> reader.eachLine { line -> say(line + '\n') } }
        }
        boolean aborted = awaitEnd(process, pid)
        output.join()
        errors.join()
        if (aborted) {
            throw new FlowInterruptedException()
        }
        int status = process.exitValue()
        if (options.returnStatus) {
            return status
        }
        if (status != 0) {
            throw new AbortException("script returned exit code ${status}")
        }
        return options.returnStdout ? printed.toString() : null
    }

    /** Whether the build was aborted meanwhile. */
    private boolean awaitEnd(Process process, long pid) {
        File abort = new File(control, 'abort')
        long asked = 0
        boolean killed = false
        while (process.alive || (asked && groupLives(pid))) {
            if (!asked && abort.exists()) {
                abort.delete()
                asked = System.currentTimeMillis()
                signal('-TERM', pid)
            } else if (asked && !killed && System.currentTimeMillis() - asked > 5000) {
                killed = true
                new File(control, 'killed') << 'KILL\n'
                signal('-KILL', pid)
            }
            Thread.sleep(20)
        }
        if (asked) {
            new File(control, 'took').text = System.currentTimeMillis() - asked
        }
        return asked > 0
    }

    private static int signal(String name, long pid) {
        Process kill = new ProcessBuilder(['/bin/kill', name, '--', '-' + pid]).redirectErrorStream(true).start()
        kill.inputStream.text
        return kill.waitFor()
    }

    private static boolean groupLives(long pid) { signal('-0', pid) == 0 }

    def step_withEnv(List<String> added, Closure body) {
        Map<String, String> named = [:]
        added.each { String pair -> named[pair.substring(0, pair.indexOf('='))] = pair.substring(pair.indexOf('=') + 1) }
        return variables.within(named, body)
    }

    def step_usernamePassword(Map options) { return new LinkedHashMap(options) }

    def step_withCredentials(List<Map> wanted, Closure body) {
        Map<String, String> named = [:]
        wanted.each { Map one ->
            File file = new File(control, "credentials/${one.credentialsId}")
            if (!file.exists()) {
                throw new AbortException("Could not find credentials entry with ID '${one.credentialsId}'")
            }
            List<String> lines = file.readLines('UTF-8')
            named[one.usernameVariable] = lines[0]
            named[one.passwordVariable] = lines[1]
            masked.add(lines[1])
        }
        return variables.within(named, body)
    }

    def step_catchError(Map options, Closure body) {
        try {
            return body()
        } catch (FlowInterruptedException interrupted) {
            throw interrupted
        } catch (Exception caught) {
            say("${options.message ?: ''}: ${caught.message}\n")
        }
        return null
    }

    def step_archiveArtifacts(Map options) {
        def matcher = FileSystems.default.getPathMatcher('glob:' + options.artifacts)
        Path root = workspace.toPath()
        List<Path> found = []
        workspace.eachFileRecurse { File file ->
            Path path = root.relativize(file.toPath())
            // Ant's own exclusions.
            if (file.isFile() && matcher.matches(path) && file.name != '.gitignore') {
                found.add(path)
            }
        }
        if (!found && !options.allowEmptyArchive) {
            throw new AbortException("No artifacts found that match the file pattern \"${options.artifacts}\".")
        }
        found.each { Path path ->
            Path target = new File(control, 'artifacts').toPath().resolve(path)
            Files.createDirectories(target.parent)
            Files.deleteIfExists(target)
            Files.copy(root.resolve(path), target)
        }
        return null
    }

    def step_libraryResource(String name) {
        File file = new File(control, "library/resources/${name}")
        if (!file.exists()) {
            throw new AbortException("No such library resource ${name} could be found.")
        }
        return file.getText('UTF-8')
    }

    def step_checkout(Object scm) { null }

    def step_node(String label = '', Closure body) { body() }

    def step_stage(String name, Closure body) { body() }

    def step_properties(List settings) { null }

    def step_disableConcurrentBuilds() { return [disableConcurrentBuilds: true] }

    def step_pipelineTriggers(List triggers) { return [pipelineTriggers: triggers] }

    def step_cron(String when) { return [cron: when] }

    def step_parallel(Map branches) {
        branches.each { name, body -> if (body instanceof Closure) { body() } }
        return null
    }

    def step_timeout(Map options) { return [timeout: options] }

    def step_pipeline(Closure body) { new Declarative(steps: this).run(body) }
}

/** `pipeline { ... }`: stages one after another, each with its steps. */
class Declarative {
    Steps steps
    static final Object any = 'any'

    void run(Closure body) {
        body.delegate = this
        body.resolveStrategy = Closure.DELEGATE_FIRST
        body()
    }

    void agent(Object where) { }

    void options(Closure body) { body() }

    void triggers(Closure body) { body() }

    void stages(Closure body) { run(body) }

    void stage(String name, Closure body) { run(body) }

    void steps(Closure body) { body() }
}

/** Vars and Jenkinsfiles: what is no method of theirs is a step, or a var. */
abstract class PipelineScript extends Script {
    def invokeMethod(String name, Object given) {
        Object[] arguments = given instanceof Object[] ? given : [given] as Object[]
        if (this.metaClass.respondsTo(this, name, arguments)) {
            return super.invokeMethod(name, given)
        }
        Map vars = this.binding.getVariable('vars')
        if (vars.containsKey(name)) {
            return vars[name].invokeMethod('call', arguments)
        }
        Steps steps = this.binding.getVariable('steps')
        if (steps.knows(name)) {
            return steps.perform(name, arguments)
        }
        throw new MissingMethodException(name, this.class, arguments)
    }
}

File control = new File(args[0])
Steps steps = new Steps(control)
Map<String, Script> vars = [:]
Binding binding = new Binding([steps: steps, vars: vars, scm: 'scm', any: 'any'])
CompilerConfiguration configuration = new CompilerConfiguration(scriptBaseClass: 'PipelineScript')
GroovyShell shell = new GroovyShell(this.class.classLoader, binding, configuration)
new File(control, 'library/vars').eachFileMatch(~/.*\.groovy/) { File file ->
    vars[file.name - '.groovy'] = shell.parse(file)
}
// `@Library` is read by the server, not by the pipeline.
String jenkinsfile = new File(args[1]).getText('UTF-8').replaceAll(/(?m)^@Library.*$/, '')
String result = 'SUCCESS'
try {
    shell.parse(jenkinsfile, 'Jenkinsfile').run()
} catch (FlowInterruptedException interrupted) {
    result = 'ABORTED'
} catch (AbortException failed) {
    steps.say("ERROR: ${failed.message}\n")
    result = 'FAILURE'
}
steps.say("Finished: ${result}\n")
new File(control, 'result').text = result
