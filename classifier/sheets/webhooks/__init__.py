"""Messages that tell another program that a stack is done, to addresses that the operator allows.

hosts → addresses    which hosts the operator allows; which network addresses are public
signing, message     what is sent
delivering           one HTTP request, bounded in time and size
attempts → sender    the rows that say what to send when; the threads that send
"""
