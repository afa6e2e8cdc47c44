# %%
input("password? ")
# %%
breakpoint()
# %%
import pdb

pdb.set_trace()
# %%
import getpass

getpass.getpass()
# %%
!read line; echo $line; sudo -S true < /dev/tty
# %%
%debug
