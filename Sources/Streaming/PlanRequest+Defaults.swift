extension PlanRequest {
    /// This request, with what it leaves open taken from another.
    package func completed(by other: PlanRequest) -> PlanRequest {
        var request = self
        request.inputField = inputField ?? other.inputField
        request.targetField = targetField ?? other.targetField
        request.split = split ?? other.split
        request.inputFrames = inputFrames ?? other.inputFrames
        request.targetFrames = targetFrames ?? other.targetFrames
        request.stride = stride ?? other.stride
        request.crop = crop ?? other.crop
        request.resize = resize ?? other.resize
        request.batchSize = batchSize ?? other.batchSize
        request.seed = seed ?? other.seed
        request.order = order ?? other.order
        request.normalise = normalise ?? other.normalise
        request.fill = fill ?? other.fill
        request.dropLast = dropLast ?? other.dropLast
        request.crossGaps = crossGaps ?? other.crossGaps
        request.keepMissing = keepMissing ?? other.keepMissing
        request.environments = environments ?? other.environments
        request.copies = copies ?? other.copies
        return request
    }
}
