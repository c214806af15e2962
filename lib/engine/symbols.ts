/** A pointer to something that TensorFlow owns. */
export type Pointer = Deno.PointerValue;

const P = "pointer";
const B = "buffer";
const I = "i32";
const L = "i64";
const U = "usize";
const VOID = "void";
const OUTPUT = { struct: [P, I] } as const; // TF_Output: operation, index

/**
 * The functions of TensorFlow's C API that the engine calls.
 *
 * @see {@link https://github.com/tensorflow/tensorflow/blob/v2.21.0/tensorflow/c/c_api.h | c_api.h}
 * @see {@link https://github.com/tensorflow/tensorflow/blob/v2.21.0/tensorflow/c/eager/c_api.h | eager/c_api.h}
 */
export const SYMBOLS = {
  TF_Version: { parameters: [], result: P },
  TF_NewStatus: { parameters: [], result: P },
  TF_DeleteStatus: { parameters: [P], result: VOID },
  TF_GetCode: { parameters: [P], result: I },
  TF_Message: { parameters: [P], result: P },
  TF_NewBuffer: { parameters: [], result: P },
  TF_DeleteBuffer: { parameters: [P], result: VOID },
  TF_AllocateTensor: { parameters: [I, B, I, U], result: P },
  TF_TensorData: { parameters: [P], result: P },
  TF_TensorByteSize: { parameters: [P], result: U },
  TF_DeleteTensor: { parameters: [P], result: VOID },
  TF_NewGraph: { parameters: [], result: P },
  TF_DeleteGraph: { parameters: [P], result: VOID },
  TF_GraphGetOpDef: { parameters: [P, B, P, P], result: VOID },
  TF_NewOperation: { parameters: [P, B, B], result: P },
  TF_FinishOperation: { parameters: [P, P], result: P },
  TF_AddInput: { parameters: [P, OUTPUT], result: VOID },
  TF_AddInputList: { parameters: [P, B, I], result: VOID },
  TF_AddControlInput: { parameters: [P, P], result: VOID },
  TF_SetAttrString: { parameters: [P, B, B, U], result: VOID },
  TF_SetAttrInt: { parameters: [P, B, L], result: VOID },
  TF_SetAttrIntList: { parameters: [P, B, B, I], result: VOID },
  TF_SetAttrFloat: { parameters: [P, B, "f32"], result: VOID },
  TF_SetAttrBool: { parameters: [P, B, "u8"], result: VOID },
  TF_SetAttrType: { parameters: [P, B, I], result: VOID },
  TF_SetAttrTypeList: { parameters: [P, B, B, I], result: VOID },
  TF_SetAttrFuncName: { parameters: [P, B, B, U], result: VOID },
  TF_SetAttrShape: { parameters: [P, B, B, I], result: VOID },
  TF_SetAttrTensor: { parameters: [P, B, P, P], result: VOID },
  TF_OperationOutputType: { parameters: [OUTPUT], result: I },
  TF_GraphGetTensorNumDims: { parameters: [P, OUTPUT, P], result: I },
  TF_GraphGetTensorShape: { parameters: [P, OUTPUT, B, I, P], result: VOID },
  TF_GraphSetTensorShape: { parameters: [P, OUTPUT, B, I, P], result: VOID },
  TF_GraphToFunctionWithControlOutputs: {
    parameters: [P, B, "u8", I, P, I, B, I, B, P, I, B, B, P, P, P],
    result: P,
  },
  TF_FunctionSetAttrValueProto: { parameters: [P, B, B, U, P], result: VOID },
  TF_DeleteFunction: { parameters: [P], result: VOID },
  TF_DeleteDeviceList: { parameters: [P], result: VOID },
  TF_DeviceListCount: { parameters: [P], result: I },
  TF_DeviceListName: { parameters: [P, I, P], result: P },
  TF_DeviceListType: { parameters: [P, I, P], result: P },
  TF_GetRegisteredKernelsForOp: { parameters: [B, P], result: P },
  TFE_NewContextOptions: { parameters: [], result: P },
  TFE_ContextOptionsSetConfig: { parameters: [P, B, U, P], result: VOID },
  TFE_DeleteContextOptions: { parameters: [P], result: VOID },
  TFE_NewContext: { parameters: [P, P], result: P },
  TFE_ContextListDevices: { parameters: [P, P], result: P },
  TFE_ContextAddFunction: { parameters: [P, P, P], result: VOID },
  TFE_ContextRemoveFunction: { parameters: [P, B, P], result: VOID },
  TFE_NewTensorHandle: { parameters: [P, P], result: P },
  TFE_DeleteTensorHandle: { parameters: [P], result: VOID },
  TFE_TensorHandleResolve: { parameters: [P, P], result: P },
  TFE_TensorHandleCopySharingTensor: { parameters: [P, P], result: P },
  TFE_TensorHandleDataType: { parameters: [P], result: I },
  TFE_TensorHandleNumDims: { parameters: [P, P], result: I },
  TFE_TensorHandleDim: { parameters: [P, I, P], result: L },
  TFE_NewOp: { parameters: [P, B, P], result: P },
  TFE_DeleteOp: { parameters: [P], result: VOID },
  TFE_OpAddInput: { parameters: [P, P, P], result: VOID },
  TFE_OpSetAttrString: { parameters: [P, B, B, U], result: VOID },
  TFE_OpSetAttrInt: { parameters: [P, B, L], result: VOID },
  TFE_OpSetAttrIntList: { parameters: [P, B, B, I], result: VOID },
  TFE_OpSetAttrFloat: { parameters: [P, B, "f32"], result: VOID },
  TFE_OpSetAttrBool: { parameters: [P, B, "u8"], result: VOID },
  TFE_OpSetAttrType: { parameters: [P, B, I], result: VOID },
  TFE_OpSetAttrShape: { parameters: [P, B, B, I, P], result: VOID },
  TFE_Execute: { parameters: [P, B, B, P], result: VOID },
} as const;

/** The loaded functions, callable. */
export type Symbols = Deno.DynamicLibrary<typeof SYMBOLS>["symbols"];
