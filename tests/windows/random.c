// Wine 8 lacks bcryptprimitives.dll, of which Rust programs want one function.
int __stdcall SystemFunction036(void *buffer, unsigned long length);
__declspec(dllexport) int __stdcall ProcessPrng(void *buffer, unsigned long long length) {
    return SystemFunction036(buffer, (unsigned long)length);
}
