// Stands for the charts' library in unit tests, whose pages have no canvas: it
// takes whatever it is asked and draws nothing. (An arrow function would not do
// for the target: nothing can make a `new` one of those.)
const anything: unknown = new Proxy(function nothing() {}, {
  get: (_, name) => (name === Symbol.toPrimitive ? () => 0 : anything),
  apply: () => anything,
  construct: () => anything as object,
});

export default anything;
