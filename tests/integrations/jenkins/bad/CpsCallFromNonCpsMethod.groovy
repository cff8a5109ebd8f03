import com.cloudbees.groovy.cps.NonCPS

void step() {
    echo('a step')
}

@NonCPS
void call() {
    step()
}
