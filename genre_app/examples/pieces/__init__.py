"""The compositions, one module each: text that a musician can read, and a mix."""
