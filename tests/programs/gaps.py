"""Lines without code of their own."""


def gaps(flag):
    a = 1
    # only a comment

    b = 2  # after-comment
    """A string nobody wants."""  # stray
    c = (  # sum-begins
        a
        + b  # sum-goes-on
    )
    if flag:
        c += 1  # then
    else:  # else
        c -= 1  # else-body
    global unused  # global
    return c  # return


print("gaps", gaps(True), gaps(False))  # call
# nothing follows
