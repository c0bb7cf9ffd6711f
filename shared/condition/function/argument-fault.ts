/** An argument that a function cannot take; `callFunction` adds the name of the function. */
export class ArgumentFault extends Error {}
