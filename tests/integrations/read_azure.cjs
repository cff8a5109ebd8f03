// What Azure's own library reads from lines in a file, and how it would write them: read_azure.cjs PACKAGE FILE
const path = require('node:path')
const { commandFromString } = require(path.join(process.argv[2], 'taskcommand.js'))
const lines = require('node:fs').readFileSync(process.argv[3], 'utf8').split('\n').filter(line => line.startsWith('##vso['))
const read = lines.map(line => {
  const { command, properties, message } = commandFromString(line)
  return { line, command, properties, message, again: commandFromString(line).toString() }
})
process.stdout.write(JSON.stringify(read))
