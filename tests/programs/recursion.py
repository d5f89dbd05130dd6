"""A factorial, by recursion."""


def factorial(n):
    if n <= 1:
        return 1  # bottom
    inner = factorial(n - 1)  # call
    return n * inner  # return


print("factorial", factorial(5))  # main
