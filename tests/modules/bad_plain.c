/* A shared object for the loader's test that is no module. */
extern int bad_plain;
int bad_plain = 1;
