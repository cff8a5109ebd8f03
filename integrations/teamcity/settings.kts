import jetbrains.buildServer.configs.kotlin.*
import jetbrains.buildServer.configs.kotlin.buildSteps.script

version = "2024.03"

project {
    buildType(Tests)
}

// snapenv tells the server by service messages: env.VIRTUAL_ENV and snapenv.* are parameters of the steps after it.
object Tests : BuildType({
    name = "Tests"
    artifactRules = ".snapenv => snapenv"
    params {
        // Steps that name them need them before the first one has run.
        param("env.VIRTUAL_ENV", "")
        param("snapenv.bin", "")
    }
    vcs {
        root(DslContext.settingsRoot)
        cleanCheckout = false
    }
    steps {
        script {
            name = "Environment"
            scriptContent = "snapenv ci sync --ci teamcity -r requirements.txt"
        }
        script {
            name = "Tests"
            scriptContent = """
                export PATH="%snapenv.bin%:${'$'}PATH"
                python -m pytest
            """.trimIndent()
        }
    }
})
