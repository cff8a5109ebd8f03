#!/bin/sh
# Makes the environment of a job: `snapenv ci sync` with these arguments, by the program that the agent's capability names.
set -eu
exec "${bamboo_capability_system_builder_command_snapenv:-snapenv}" ci sync --ci bamboo "$@"
