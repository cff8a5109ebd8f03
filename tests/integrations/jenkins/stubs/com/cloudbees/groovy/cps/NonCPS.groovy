package com.cloudbees.groovy.cps

import java.lang.annotation.Retention
import java.lang.annotation.RetentionPolicy

/** The annotation of Jenkins, for compilers that know no Jenkins. */
@Retention(RetentionPolicy.RUNTIME)
@interface NonCPS {
}
