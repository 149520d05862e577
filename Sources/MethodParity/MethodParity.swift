package enum MethodParity {}
