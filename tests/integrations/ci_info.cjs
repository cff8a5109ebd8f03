// What npm's ci-info says for each server of its table: ci_info.cjs PACKAGE prints cases, each variables and the answer to them.
const path = require('node:path')
const package = process.argv[2]
const vendors = require(path.join(package, 'vendors.json'))
const cases = []

function answer (variables, no = false) {
  for (const name of Object.keys(process.env)) delete process.env[name]
  Object.assign(process.env, variables)
  delete require.cache[require.resolve(package)]
  const { name, isCI, isPR } = require(package)
  cases.push({ variables, name, isCI, isPR, no })
}

// The variables of a sign, with a value that says yes.
function set (sign) {
  if (typeof sign === 'string') return { [sign]: '1' }
  if (Array.isArray(sign)) return Object.assign({}, ...sign.map(set))
  if ('any' in sign && 'env' in sign) return { [sign.env]: sign.any[0] }
  if ('includes' in sign) return { [sign.env]: sign.includes }
  if ('ne' in sign) return { [sign.env]: '12' }
  if ('any' in sign) return { [sign.any[0]]: '1' }
  return sign
}

answer({})
answer({ CI: 'true' })
answer({ CI: 'false', GITHUB_ACTIONS: 'true' })
for (const vendor of vendors) {
  const base = set(vendor.env)
  answer(base)
  answer({ ...base, CI: base.CI ?? 'true' })
  answer({ ...base, CI: 'false' })
  if (typeof vendor.env === 'string') answer({ [vendor.env]: 'false' }, true)
  if (vendor.pr) {
    answer({ ...base, ...set(vendor.pr) })
    if (vendor.pr.ne) answer({ ...base, [vendor.pr.env]: vendor.pr.ne })
    for (const other of vendor.pr.any ?? []) {
      answer({ ...base, ...(vendor.pr.env ? { [vendor.pr.env]: other } : { [other]: '1' }) })
    }
  }
}
process.stdout.write(JSON.stringify(cases))
